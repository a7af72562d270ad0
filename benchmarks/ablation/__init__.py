"""Which part of the network, of its loss and of what it reads earns its place: each changed alone, trained anew, judged on the same cases."""
