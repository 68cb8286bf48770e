"""Tools of the fault rig's scenarios: processes that can be killed, proxies, small disks, recorded commands, metrics."""
