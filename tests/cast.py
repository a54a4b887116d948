"""The people of the tests, and a client that speaks as one of them over HTTP."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

PASSWORD = "correct horse"
phones = itertools.count(9800000001)


@dataclass
class Answer:
    """An HTTP answer with its JSON at hand."""

    response: TestResponse

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def json(self) -> Any:
        return self.response.get_json(force=True) if self.response.data else None

    @property
    def code(self) -> str | None:
        return self.json.get("code")

    def __getitem__(self, name: str) -> Any:
        return self.json[name]


@dataclass
class Api:
    """Calls `/v1` as one login. With `expect` the status is asserted, and the JSON returned."""

    app: Flask
    token: str | None = None
    user: dict[str, Any] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        headers = dict(options.pop("headers", {}))
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            options["json"] = body
        client = self.app.test_client(use_cookies=False)
        return Answer(client.open("/v1" + path, method=method, headers=headers, **options))

    def _expect(self, expect: int | None, answer: Answer) -> Answer:
        if expect is not None:
            assert answer.status == expect, (answer.status, answer.response.get_data(as_text=True))
        return answer

    def get(self, path: str, *, expect: int | None = 200, **options: Any) -> Answer:
        return self._expect(expect, self.call("GET", path, **options))

    def post(self, path: str, body: Any = None, *, expect: int | None = None, **options: Any) -> Answer:
        return self._expect(expect, self.call("POST", path, body, **options))

    def put(self, path: str, body: Any = None, *, expect: int | None = None, **options: Any) -> Answer:
        return self._expect(expect, self.call("PUT", path, body, **options))

    def delete(self, path: str, body: Any = None, *, expect: int | None = None, **options: Any) -> Answer:
        return self._expect(expect, self.call("DELETE", path, body, **options))


class Cast:
    """People made on demand: `cast.vendor()`, `cast.customer_login()`, `cast.household(of=milkman)`."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def register(self, **fields: Any) -> Api:
        body = {
            "name": "Somebody",
            "phone_number": f"+91{next(phones)}",
            "password": PASSWORD,
            **fields,
        }
        answer = Api(self.app).post("/register", body, expect=201)
        return Api(self.app, answer["token"], answer["user"])

    def vendor(self, **fields: Any) -> Api:
        """A vendor's login; by default an Indian milkman."""
        return self.register(
            **{
                "name": "Ramesh Yadav",
                "business_name": "Yadav Dairy",
                "user_type": "vendor",
                **fields,
            }
        )

    def customer_login(self, **fields: Any) -> Api:
        """A customer's login, linked to nobody yet."""
        return self.register(**{"name": "Asha Sharma", "user_type": "customer", **fields})

    def row(self, vendor: Api, **fields: Any) -> dict[str, Any]:
        """A new row in the vendor's book, without a login."""
        body = {"name": "Asha Sharma", "phone_number": f"+91{next(phones)}", **fields}
        return vendor.post("/customers", body, expect=201).json

    def household(self, of: Api, login: Api | None = None, **fields: Any) -> tuple[Api, int]:
        """A customer's login that accepted the vendor's invite, and the id of the row about them."""
        row = self.row(of, **fields)
        invite = of.post(f"/customer/{row['id']}/invite", expect=201)
        login = login or self.customer_login()
        login.post(f"/invites/{invite['token']}/accept", expect=200)
        return login, row["id"]
