package diagnose

var reachRules = []Rule{}
