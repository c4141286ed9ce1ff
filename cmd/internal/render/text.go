package render

import (
	"fmt"
	"io"

	"mutual/diagnose"
)

// Text writes the report for people.
func Text(w io.Writer, r *diagnose.Report, o Options) error {
	_, err := fmt.Fprintf(w, "%s\n", Escape(headline(r)))
	return err
}

func headline(r *diagnose.Report) string {
	if root := r.RootCause(); root != nil {
		return root.Title
	}
	return string(r.Verdict)
}

func subjectOf(r *diagnose.Report) string { return fmt.Sprintf("%s:%d", r.Target.Host, r.Target.Port) }
