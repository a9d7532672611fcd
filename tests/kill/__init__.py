"""The real app, killed with `kill -9` at every named point and at random instants, judged by an outside oracle."""
