"""One stored conversation per step ever released: what old rows look like, kept so that they open for ever."""
