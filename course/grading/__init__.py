"""Grade exercise notebooks: run them in a sandbox, judge the plain data that comes out."""
