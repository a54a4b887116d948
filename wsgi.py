"""The web process: ``gunicorn wsgi:app``, and the command line: ``flask --app wsgi``."""

from vendorapp import create_app

app = create_app()
