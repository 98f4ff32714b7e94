package rdapstage

import (
	"os"
	"time"
)

// EmbeddedTable is when IANA published the bootstrap table that this program
// carries: March 2026.
var EmbeddedTable = time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)

// Table says which bootstrap table is in use: which RDAP base serves which TLD.
type Table struct {
	Source    string    // "hand", "cached" or "embedded"
	Place     string    // file or URL, "" for the embedded one
	Published string    // as the file says; "" = not said
	Checked   time.Time // when it was last fetched, or found to be the newest; [EmbeddedTable] for that; zero for one by hand
	Entries   int       // TLDs with a base that may be asked
	Damaged   string    // why the fetched table on disk is not used, "" when nothing is wrong with it or there is none
}

// The sources of a [Table].
const (
	TableHand     = sourceHand
	TableCached   = "cached"
	TableEmbedded = sourceEmbedded
)

// Table returns which bootstrap table is in use.
func (s *Stage) Table() Table {
	if t := s.handTable; t != nil {
		return Table{Source: TableHand, Place: redacted(s.cfg.Bootstrap), Published: t.published, Entries: len(t.base)}
	}
	t := s.table.Load()
	if t == embeddedBootstrap() {
		return Table{Source: TableEmbedded, Published: EmbeddedTable.Format("2006-01"), Checked: EmbeddedTable, Entries: len(t.base), Damaged: s.damaged}
	}
	out := Table{Source: TableCached, Published: t.published, Entries: len(t.base)}
	if s.cfg.CacheDir != "" {
		out.Place = s.cachePath(bootstrapFile)
		if info, err := os.Stat(out.Place); err == nil {
			out.Checked = info.ModTime().UTC()
		}
	}
	return out
}
