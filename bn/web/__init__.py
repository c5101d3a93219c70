"""The explorer: every question in a browser, and as JSON over HTTP (extra `explore`)."""
