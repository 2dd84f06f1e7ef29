"""EDGE: the platforms where posts go. One folder a platform; knows the domain and httpx, nothing else of ours."""
