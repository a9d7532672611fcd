"""Pages over real HTTP, the app in this process."""
