"""The commands of `myorisk`, a file each; a command imports what it needs when it is called."""
