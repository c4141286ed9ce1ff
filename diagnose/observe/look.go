package observe

import (
	"context"

	"mutual/diagnose"
)

// Look connects once as Probe does, and makes no experiments: what the facts
// hold of the server is what it shows, and how it judges the client is as far
// as one connection tells.
func Look(ctx context.Context, cfg ProbeConfig) *diagnose.Facts {
	return look(ctx, cfg, func(context.Context, *prober, *diagnose.Facts, *outcome) {})
}
