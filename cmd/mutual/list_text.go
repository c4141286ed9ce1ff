package main

import (
	"fmt"
	"strings"
	"time"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/pki"
)

// sheet is the list for people.
func (l listing) sheet(o render.Options) *render.Sheet {
	sheet := render.NewSheet(o)
	if names := l.pressing(); len(names) > 0 {
		sheet.Bad("Due: " + firstOf(names, 4) + ".")
	} else if next := l.Next(l.due, l.now); next != nil {
		sheet.Good(fmt.Sprintf("Nothing is due. The next to end is %s, on %s.", heldName(next), endOf(next.NotAfter)))
	} else {
		sheet.Note("Nothing is due: no certificate here is in use.")
	}
	var rows [][]string
	for i := range l.Certs {
		h := &l.Certs[i]
		rows = append(rows, []string{orDash(h.Name), orDash(h.Kind()), endOf(h.NotAfter), string(h.State(l.due, l.now)), l.fits(h)})
	}
	sheet.Table([]string{"NAME", "KIND", "ENDS", "STATE", "WITH"}, rows)
	sheet.Blank()
	for _, list := range l.Lists {
		text := fmt.Sprintf("%s: %s revoked by %s", list.File, countOf(list.Entries, "certificate"), list.Issuer)
		switch {
		case list.NextUpdate.IsZero():
		case l.now.After(list.NextUpdate):
			text += fmt.Sprintf("; it ended on %s, and servers that read it refuse every client", endOf(list.NextUpdate))
		default:
			text += "; good until " + endOf(list.NextUpdate)
		}
		sheet.Fact("list", text)
	}
	if !l.Recorded {
		sheet.Fact("note", "There is no record (index.txt) yet. The next certificate issued here makes one of these; what no file is left of is not known.")
	}
	l.next(sheet)
	return sheet
}

// fits says what belongs to a certificate: its key, the CA that signed it.
func (l listing) fits(h *pki.Held) string {
	var parts []string
	switch {
	case h.File == "":
		parts = append(parts, "no file here: "+h.Subject)
	case h.KeyDiffers:
		parts = append(parts, h.KeyFile+" is another's key")
	case h.KeyFile != "":
		parts = append(parts, h.KeyFile)
	case h.Name == "":
		parts = append(parts, h.File)
	case !h.Old:
		parts = append(parts, "no "+h.Name+"-key.pem here")
	}
	switch {
	case h.IsCA() || h.File == "":
	case h.CA == "":
		parts = append(parts, "signed by no CA in ca-crt.pem")
	default:
		parts = append(parts, h.CA)
	}
	if !h.Revoked.IsZero() {
		text := "revoked on " + endOf(h.Revoked)
		if h.Reason != "" {
			text += " (" + h.Reason + ")"
		}
		parts = append(parts, text)
	}
	if h.Old {
		parts = append(parts, "in "+h.File)
	}
	return strings.Join(parts, ", ")
}

// next are the commands that mend what is pressing.
func (l listing) next(sheet *render.Sheet) {
	dir := ""
	if l.Dir != "." {
		dir = " --dir " + diagnose.ShellFile(l.Dir)
	}
	sheet.Blank()
	label := "next"
	renewed := ""
	for i := range l.Certs {
		h := &l.Certs[i]
		if h.Pressing(l.due, l.now) && h.Name != "" && !h.IsCA() && h.CA != "" {
			renewed += " " + diagnose.ShellFile(h.Name)
		}
	}
	if renewed != "" {
		sheet.Command(label, "mutual renew"+renewed+dir)
		label = ""
	}
	for _, list := range l.Lists {
		if list.Pressing(l.now) {
			sheet.Command(label, "mutual revoke"+dir)
			return
		}
	}
}

// endOf is a day, with the hour where that matters.
func endOf(t time.Time) string {
	if d := time.Until(t); d > -48*time.Hour && d < 48*time.Hour {
		return t.UTC().Format("2006-01-02 15:04")
	}
	return t.UTC().Format(time.DateOnly)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func countOf(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
