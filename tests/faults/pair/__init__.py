"""Two small services on the chassis, the teller and the counter, whose every effect can be counted.

The teller numbers events per account and tells them; the counter tallies them and tells so; the teller notes the echo,
and asks an outside party once per act. They are as small as can be, so that a fault lies in the chassis or nowhere.
"""
