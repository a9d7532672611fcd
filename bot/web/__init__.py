"""Pages: simulator, secure pages, webhooks, health and metrics."""
