from django.apps import AppConfig


class ReaderstudyConfig(AppConfig):
    name = "readerstudy"
