package reading

import (
	"strings"
	"time"
)

// dateLayouts are the ways in which registries write days. Day and month are
// never guessed: a layout with both as numbers is that of the registries that use it.
var dateLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 MST",
	"2006-01-02 15:04:05", "2006-01-02", "2006/01/02 15:04:05", "2006/01/02", "2006.01.02 15:04:05", "2006.01.02", "2006. 01. 02.", "20060102 15:04:05", "20060102",
	"02-Jan-2006 15:04:05", "02-Jan-2006 15:04:05 MST", "02-Jan-2006", "2-Jan-2006", "02 Jan 2006", "2 January 2006", "2 Jan 2006", "January 2 2006", "January 2, 2006", "Jan 2, 2006", "2006-Jan-02", "2006-Jan-02.",
	"Mon Jan 2 15:04:05 MST 2006", "Mon Jan 2 15:04:05 2006", "Mon Jan 2 2006", "Mon, 02 Jan 2006 15:04:05 MST", "02.01.2006 15:04:05", "2.1.2006 15:04:05", "02.01.2006", "2.1.2006", "02/01/2006 15:04:05", "02/01/2006", "02-01-2006",
}

var (
	dateNote    = patternOf(`\s*\([^)]*\)\s*$`)
	dateOrdinal = patternOf(`\b(\d{1,2})(?:st|nd|rd|th)\b`)
	dateFirst   = patternOf(`^\d{4}-\d{2}-\d{2}\b|^\d{2}[./]\d{2}[./]\d{4}\b`)
)

// parseDate reads a date in any of the known ways, in UTC; the zero time if in none.
func parseDate(text string) time.Time {
	text = strings.TrimRight(dateNote.ReplaceAllString(strings.TrimSpace(text), ""), " ")
	text = dateOrdinal.ReplaceAllString(text, "$1")
	for _, candidate := range []string{text, strings.TrimSuffix(text, "."), dateFirst.FindString(text)} {
		for _, layout := range dateLayouts {
			if t, err := time.Parse(layout, candidate); err == nil && t.Year() >= 1980 && t.Year() < 2200 {
				return t.UTC()
			}
		}
	}
	return time.Time{}
}
