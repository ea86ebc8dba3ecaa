"""Working time: calendars, and adding and subtracting time that only runs while they are open."""
