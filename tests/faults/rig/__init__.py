"""Tools of the scenarios: processes that can be killed, proxies, small disks, recorded callers, scraped metrics."""
