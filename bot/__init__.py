"""Everything that touches the outside: transports, web pages, clock, wiring, command line."""
