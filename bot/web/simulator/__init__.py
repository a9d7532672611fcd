"""The simulator: two phones, a clock and what happens around them, on one page."""
