package chain

// Trust is a set of trust anchors and where it comes from.
type Trust struct {
	// Source is "files", "system", "roots" (a pinned profile) or "none".
	Source string   `json:"source"`
	Files  []string `json:"files,omitempty"`
	// Env names the environment variable in effect (SSL_CERT_FILE, ...).
	Env string `json:"env,omitempty"`
	// Count is how many certificates the store holds.
	Count int `json:"count"`
	// Anchors are the store's certificates. Of a large store only those are
	// kept whose name a chain mentions; Count tells.
	Anchors []*Certificate `json:"anchors"`
	// Unreadable counts blocks of the store that could not be read.
	Unreadable int `json:"unreadable,omitempty"`
}

// Evidence is one fact that supports a finding: where it stands in the report,
// what it is and what it would have to be.
type Evidence struct {
	Fact string `json:"fact"`
	Got  string `json:"got"`
	Want string `json:"want,omitempty"`
}
