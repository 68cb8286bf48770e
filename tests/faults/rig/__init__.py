"""Tools of the fault rig's scenarios: killable processes, proxies, small disks, recorded commands, scraped metrics."""
