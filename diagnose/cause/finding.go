package cause

// Side is the party that has to change something.
type Side string

// The sides. A proxy or network in between counts as Network.
const (
	ClientSide  Side = "client"
	ServerSide  Side = "server"
	NetworkSide Side = "network"
)

// Severity says whether a finding breaks the connection.
type Severity string

// The severities, gravest first.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

// Basis says what a finding rests on.
type Basis string

const (
	// Proven: the evidence suffices alone (a date, a signature, the peer's
	// own words).
	Proven Basis = "proven"
	// Inferred: the likeliest of several causes that would look the same.
	Inferred Basis = "inferred"
)
