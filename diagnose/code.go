package diagnose

import (
	"cmp"

	"mutual/diagnose/cause"
)

// Code names one root cause.
type Code = cause.Code

// Stage is the part of the connection in which a cause makes itself felt. The
// order of the stages is the order in which a connection passes them.
type Stage string

// The stages.
const (
	LocalFiles        Stage = "local-files"
	Reach             Stage = "reach"
	Negotiation       Stage = "negotiation"
	TrustStore        Stage = "trust-store"
	ServerCertificate Stage = "server-certificate"
	Chain             Stage = "chain"
	ClientCertificate Stage = "client-certificate"
	Clock             Stage = "clock"
	Revocation        Stage = "revocation"
	PinnedRootsStage  Stage = "pinned-roots"
	Audited           Stage = "audit" // judged by an audit alone
)

// The words of findings, as package cause has them.
type (
	Side     = cause.Side
	Severity = cause.Severity
	Basis    = cause.Basis
)

// The values of these words.
const (
	ClientSide  = cause.ClientSide
	ServerSide  = cause.ServerSide
	NetworkSide = cause.NetworkSide

	Error   = cause.Error
	Warning = cause.Warning
	Note    = cause.Note

	Proven   = cause.Proven
	Inferred = cause.Inferred
)

// The exit codes of a diagnosis.
const (
	ExitOK          = 0
	ExitUnexplained = 1
	ExitReach       = 10
	ExitNegotiation = 11
	ExitServer      = 12
	ExitClient      = 13
	ExitFiles       = 14
	ExitAudit       = 15
	ExitRoots       = 16
)

// ExitOf is the exit code of a finding of that code as root cause. The side is
// whose file or certificate it is about; "" is the one that the rule names.
func ExitOf(code Code, side Side) int {
	rule, ok := RuleFor(code)
	if !ok {
		return ExitUnexplained
	}
	return exitCode(rule.Stage, cmp.Or(side, rule.Side))
}

// exitCode is the exit code of a finding at this stage, side being whose
// certificate the finding is about where the stage alone does not tell.
func exitCode(stage Stage, side Side) int {
	switch stage {
	case Reach:
		return ExitReach
	case Negotiation:
		return ExitNegotiation
	case ServerCertificate, TrustStore:
		return ExitServer
	case ClientCertificate:
		return ExitClient
	case LocalFiles:
		return ExitFiles
	case PinnedRootsStage:
		return ExitRoots
	case Audited:
		return ExitAudit
	}
	if side == ClientSide {
		return ExitClient
	}
	return ExitServer
}
