package rdapstage

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"vacant/rdapstage/facts"
)

// Refresh is what an update of the bootstrap table found, held against the table
// that was in use: the last good one, or the embedded one.
type Refresh struct {
	URL            string
	Published      string   // the publication date that the file gives, "" = none
	Entries        int      // TLDs in the table now in use
	Unchanged      bool     // the server says that the copy at hand is the newest
	Added, Removed []string // TLDs, sorted
	Moved          []Move   // TLDs whose base is another, sorted
	File           string   // where it is kept, "" = in memory
}

// Move is a TLD whose RDAP base changed.
type Move struct {
	TLD, From, To string
	Operator      bool // ... to another operator, not only to another path or host of the same
}

// Update fetches IANA's bootstrap ([Config].BootstrapURL), refuses what cannot be
// it ([ErrBootstrap]), compares it with the table in use, keeps it in
// [Config].CacheDir and uses it from now on. After an error, which is an
// [ErrUnreachable] where nothing is wrong but the way, the table in use stays and
// so does the copy on disk; an error of the file system means that the new table
// is used but not kept. Another process reads it when it starts.
func (s *Stage) Update(ctx context.Context) (Refresh, error) {
	r := Refresh{URL: redacted(s.ianaURL)}
	u, err := url.Parse(s.ianaURL)
	if err != nil || u.Host == "" {
		return r, fmt.Errorf("%w: %q is no URL", ErrBootstrap, r.URL)
	}
	data, tag, err := s.fetchBootstrap(ctx, u, s.ianaURL != IANABootstrap, s.cachedTag())
	if errors.Is(err, errNotModified) {
		r.Unchanged, r.Entries, r.File = true, len(s.table.Load().base), s.cachePath(bootstrapFile)
		now := s.now()
		return r, os.Chtimes(r.File, now, now)
	}
	if err != nil {
		return r, fmt.Errorf("%s: %w", r.URL, err)
	}
	fresh, err := parseBootstrap(data, false)
	if err != nil {
		return r, fmt.Errorf("%s: %w", r.URL, err)
	}
	r.compare(s.table.Load(), fresh)
	s.table.Store(fresh)
	s.refreshed.Store(true)
	r.File, err = s.keep(data, tag)
	return r, err
}

// compare fills in what is new.
func (r *Refresh) compare(old, fresh *bootstrapTable) {
	r.Entries, r.Published = len(fresh.base), fresh.published
	for tld, to := range fresh.base {
		from, known := old.base[tld]
		switch {
		case !known:
			r.Added = append(r.Added, tld)
		case from != to:
			r.Moved = append(r.Moved, Move{tld, from, to, facts.BaseOperator(from) != facts.BaseOperator(to)})
		}
	}
	for tld := range old.base {
		if _, still := fresh.base[tld]; !still {
			r.Removed = append(r.Removed, tld)
		}
	}
	slices.Sort(r.Added)
	slices.Sort(r.Removed)
	slices.SortFunc(r.Moved, func(a, b Move) int { return strings.Compare(a.TLD, b.TLD) })
}
