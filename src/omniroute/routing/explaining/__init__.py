"""Why a plan is as it is: every node's rank or reason, other plans, differences."""
