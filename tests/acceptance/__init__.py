"""Black-box conversations: the real app in a process of its own, driven over real HTTP."""
