"""`amarktai demo`: the whole day on this machine, on real parts, with local twins of the chats and platforms."""

from app.demo.run import Wish, run_demo

__all__ = ["Wish", "run_demo"]
