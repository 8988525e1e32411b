"""Reading of untrusted files, in a process of its own with limits (D3.8).

`main` is that process; it imports nothing of the application but this package. What it says
comes back in frames (`frames`): plain JSON and plain buffers, checked by the one who reads them.
"""
