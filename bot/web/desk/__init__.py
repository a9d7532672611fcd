"""The agents' desk: server-rendered pages, live by server-sent events."""
