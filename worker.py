"""The background processes: ``celery -A worker worker`` and ``celery -A worker beat``."""

from vendorapp import create_app

# Celery looks for its application under this name.
app = create_app().extensions["celery"]
