"""Benchmarks: what a life costs, on the embedded stack, with everything that Baton writes."""
