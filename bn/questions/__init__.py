"""Questions to the network beyond a posterior, a package each."""
