package diagnose

var chainRules = []Rule{}
