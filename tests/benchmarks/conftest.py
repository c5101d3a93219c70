"""The benchmarks are scripts beside one another; pytest runs them as a command (test_benchmarks.py)."""

collect_ignore_glob = ["*.py"]
