"""Servers on this machine that speak the wire formats of chat models, well or badly."""
