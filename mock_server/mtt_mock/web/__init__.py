"""The Flask application: MTT's endpoint, the control API, the console."""
