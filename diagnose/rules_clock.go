package diagnose

var clockRules = []Rule{}
