package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vacant"
	"vacant/cmd/internal/pipeline"
	"vacant/rdapstage"
)

// registryUpdate is "registry update".
type registryUpdate struct {
	*app
	from, proxy string
	json        bool
}

func newRegistryUpdate(a *app) *cobra.Command {
	u := &registryUpdate{app: a}
	cmd := &cobra.Command{
		Use:   "update",
		Short: "Fetch IANA's table of RDAP servers now, and say what is new in it",
		Long: `Update fetches IANA's bootstrap file, which says whose RDAP server answers for
which TLD, and keeps it for every later run. Hunts do so by themselves when their
copy is a day old; update does it now, and shows the differences: TLDs that have
a server (+), have none any more (-) or another one (~).

A file that cannot be IANA's is refused: one that is broken, too large or too
short, in which com or net moved, or more than a tenth of all TLDs at once. Then,
and when it cannot be fetched, the table in use stays.`,
		Example: `  vacant registry update
  vacant registry update --from https://mirror.example/rdap/dns.json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return u.run(cmd.Context()) },
	}
	fs := cmd.Flags()
	fs.StringVar(&u.from, "from", "", "fetch it from this `URL`, a mirror of IANA's; it is checked all the same")
	fs.StringVar(&u.proxy, "registry-proxy", "", "go through this proxy `URL`")
	fs.BoolVarP(&u.json, "json", "j", false, "one JSON object")
	_ = fs.SetAnnotation("from", flagOnly, []string{})
	describe(cmd, exitDone, exitFailed, exitUsage, exitStopped, exitIO, exitInterrupted)
	return exitMeans(cmd, exitDone, "done: the newest table is in use", exitFailed, "not fetched, or refused: the table in use stays")
}

func (u *registryUpdate) run(ctx context.Context) error {
	cfg, err := u.config()
	if err != nil {
		return err
	}
	before, r, err := pipeline.UpdateBootstrap(ctx, cfg)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && r.Entries > 0:
		return ioFailure(fmt.Errorf("the new table cannot be kept: %w", err))
	case err != nil:
		return u.failure(err, before)
	}
	if u.json {
		return ioFailure(u.printJSON(before, &r))
	}
	_, err = io.WriteString(u.stdout, refreshText(before, &r))
	return ioFailure(err)
}

// config checks the flags.
func (u *registryUpdate) config() (cfg pipeline.CheckConfig, err error) {
	if w := u.world(); w != internet {
		return cfg, usage(fmt.Errorf("the settings name the world %q, and IANA's table is about the internet", w), "leave out those settings (--config)")
	}
	if u.cacheDir() == "" {
		return cfg, usage(errors.New("no home directory, so no place for the table"), "set HOME or XDG_CACHE_HOME")
	}
	if u.from != "" {
		at, err := url.Parse(u.from)
		if err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http" {
			return cfg, usage(errors.New("--from: no http or https URL"), "for instance --from https://mirror.example/rdap/dns.json; a file on disk is named with --rdap-bootstrap FILE, to the commands that ask")
		}
	}
	cfg.RDAP.BootstrapURL, cfg.RDAP.CacheDir, cfg.RDAP.Version, cfg.World, cfg.Log = u.from, u.cacheDir(), buildVersion().version, internet, u.log
	if cfg.RDAP.Proxy, err = registryProxy(u.proxy); err != nil {
		return cfg, err
	}
	cfg.RDAP.Roots, err = certPool(u.conf.text(keyTLSCA))
	return cfg, err
}

// failure says what went wrong and what is used meanwhile.
func (u *registryUpdate) failure(err error, before rdapstage.Table) error {
	stays := "meanwhile the table " + tableWords(before) + " stays in use"
	switch {
	case errors.Is(err, rdapstage.ErrUnreachable):
		return &hinted{err, stays + "; see whether HTTPS gets out (HTTPS_PROXY, --registry-proxy), or name a mirror with --from"}
	case errors.Is(err, rdapstage.ErrBootstrap):
		return &hinted{fmt.Errorf("refused: %w", err), stays + "; perhaps somebody on the way answered in IANA's place"}
	}
	return err
}

// tableWords names a table by its age.
func tableWords(t rdapstage.Table) string {
	switch t.Source {
	case rdapstage.TableEmbedded:
		return "that came with this program (" + t.Published + ")"
	case rdapstage.TableHand:
		return "named by hand (" + t.Place + ")"
	}
	return "fetched or checked last at " + stamp(t.Checked)
}

// refreshText is what changed, line by line, and a summary.
func refreshText(before rdapstage.Table, r *rdapstage.Refresh) string {
	var b strings.Builder
	for _, tld := range r.Added {
		fmt.Fprintf(&b, "+ %s\n", vacant.SafeText(tld))
	}
	for _, tld := range r.Removed {
		fmt.Fprintf(&b, "- %s\n", vacant.SafeText(tld))
	}
	for _, m := range r.Moved {
		other := ""
		if m.Operator {
			other = " (another operator)"
		}
		fmt.Fprintf(&b, "~ %s %s -> %s%s\n", vacant.SafeText(m.TLD), vacant.SafeText(m.From), vacant.SafeText(m.To), other)
	}
	if r.Unchanged {
		fmt.Fprintf(&b, "%d TLDs have an RDAP server; nothing is new since %s\n", r.Entries, stamp(before.Checked))
		return b.String()
	}
	fmt.Fprintf(&b, "%d TLDs have an RDAP server%s; against the table %s: %d added, %d removed, %d moved, %d of them to another operator\nkept in %s\n",
		r.Entries, publishedWords(r.Published), tableWords(before), len(r.Added), len(r.Removed), len(r.Moved), toOthers(r.Moved), vacant.SafeText(r.File))
	return b.String()
}

func publishedWords(at string) string {
	if t, err := time.Parse(time.RFC3339, at); err == nil {
		return ", says IANA's file of " + t.UTC().Format(time.DateOnly)
	}
	return ""
}

func toOthers(moves []rdapstage.Move) (n int) {
	for _, m := range moves {
		if m.Operator {
			n++
		}
	}
	return n
}

// moveRecord is a TLD that moved, under -j.
type moveRecord struct {
	TLD           string `json:"tld"`
	From          string `json:"from"`
	To            string `json:"to"`
	OtherOperator bool   `json:"other_operator"`
}

func (u *registryUpdate) printJSON(before rdapstage.Table, r *rdapstage.Refresh) error {
	moved := []moveRecord{}
	for _, m := range r.Moved {
		moved = append(moved, moveRecord{m.TLD, m.From, m.To, m.Operator})
	}
	encode := json.NewEncoder(u.stdout)
	encode.SetEscapeHTML(false)
	return encode.Encode(struct {
		Schema    int          `json:"schema"`
		URL       string       `json:"url"`
		Published string       `json:"published"`
		Entries   int          `json:"entries"`
		Unchanged bool         `json:"unchanged"`
		Since     string       `json:"since"` // when the table before was checked last
		Source    string       `json:"since_source"`
		Added     []string     `json:"added"`
		Removed   []string     `json:"removed"`
		Moved     []moveRecord `json:"moved"`
		File      string       `json:"file"`
	}{1, r.URL, vacant.SafeText(r.Published), r.Entries, r.Unchanged, stamp(before.Checked), before.Source, orNone(r.Added), orNone(r.Removed), moved, r.File})
}
