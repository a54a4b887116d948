"""The background processes: ``celery -A worker worker`` and ``celery -A worker beat``."""

from vendorapp import create_app

app = create_app()
celery_app = app.extensions["celery"]
