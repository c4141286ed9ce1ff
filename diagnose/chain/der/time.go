package der

import (
	"time"
)

// Time is a date as it is written.
type Time struct {
	Tag  int // TagUTCTime or TagGeneralizedTime
	Text string
}

// Value is the time in the one form that RFC 5280 allows, YYMMDDHHMMSSZ or
// YYYYMMDDHHMMSSZ. It reports false for any other and for dates that the
// calendar does not have. Source: RFC 5280 §4.1.2.5.
func (t Time) Value() (time.Time, bool) {
	layout, year := "20060102150405Z", t.Text
	if t.Tag == TagUTCTime {
		if len(t.Text) != len("060102150405Z") {
			return time.Time{}, false
		}
		year = "20" + t.Text
		if t.Text[0] >= '5' {
			year = "19" + t.Text
		}
	}
	if len(year) != len(layout) {
		return time.Time{}, false
	}
	for _, c := range year[:len(year)-1] {
		if c < '0' || c > '9' {
			return time.Time{}, false
		}
	}
	v, err := time.Parse(layout, year)
	return v, err == nil
}

func (d *decoder) time(field string) Time {
	v := d.any(field)
	if d.err != nil {
		return Time{}
	}
	if !v.Is(Universal, TagUTCTime) && !v.Is(Universal, TagGeneralizedTime) {
		d.fail(field, "%s found where a time is expected", tagName(v.Class, v.Tag))
		return Time{}
	}
	t := Time{v.Tag, string(d.octets(v, field))}
	if _, ok := t.Value(); !ok && d.err == nil {
		d.note(field, "%q is no time in the form of RFC 5280", t.Text)
	}
	return t
}
