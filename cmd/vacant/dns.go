package main

import (
	"bufio"
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"vacant"
	"vacant/cmd/internal/pipeline"
	"vacant/cmd/internal/ui"
	"vacant/generator"
	"vacant/store"
)

type dns struct {
	*app
	candidates candidates
	one        stageOne
	two        stageTwo // its endpoints only: they name suffixes
	lab        labFlags
	file       string
	stream     bool
	summary    bool // end with a summary record
	stats      time.Duration
}

func newDNS(a *app) *cobra.Command {
	d := &dns{app: a}
	cmd := &cobra.Command{
		Use:   "dns [NAME...]",
		Short: "Stage one alone, as a filter: names in, JSONL out",
		Long: `Dns asks DNS about each name and prints a line of JSON for it as soon as it is
answered, in any order:

  {"d":"aaac.com","s":"nxdomain","r":3,"ms":62,"re":false}

d is the name, s the status (taken, nodata, nxdomain, servfail, refused, timeout
or error), r the rcode (-1 without a reply), ms the round-trip time, re whether
the name resolves. With --stream the first line on stdin is a JSON object of
settings, each of them optional, then come bare names:

  {"proxies":["socks5h://..."],"resolver":"1.1.1.1","timeout_ms":2000,"workers":500}

Closing stdin ends it.

stderr says at the end how many names ended in which status and what became of
the queries; --stats says so all along, -v and --stats list the worst servers,
and --json ends the output with a summary record that has them all. The first
interrupt ends it in order: the answers so far are kept, and the exit code is 5.`,
		Example: `  vacant dns -l names.txt -o answers.jsonl
  vacant generate -p '[a-z]{3}' | vacant dns -r 192.0.2.53
  printf '{}\nexample.com\n' | vacant dns --stream`,
		RunE: func(cmd *cobra.Command, args []string) error { return d.run(cmd, args) },
	}
	fs := cmd.Flags()
	d.candidates.AddFlags(fs)
	d.one.AddFlags(fs)
	d.two.AddEndpoints(fs)
	d.lab.AddFlags(fs)
	fs.StringVarP(&d.file, "output", "o", "", "write to `FILE`; - is stdout")
	fs.BoolVar(&d.stream, "stream", false, "speak the line protocol on stdin and stdout")
	fs.BoolVarP(&d.summary, "json", "j", false, "end with a summary record")
	fs.DurationVar(&d.stats, "stats", 0, "print a line of progress this often")
	return describe(cmd, exitDone, exitFailed, exitUsage, exitStopped, exitIO, exitInterrupted)
}

func (d *dns) run(cmd *cobra.Command, args []string) error {
	if done, err := d.candidates.printLists(d.stdout); done {
		return err
	}
	if d.stats < 0 {
		return usagef("--stats cannot be negative")
	}
	cfg, stop, err := d.config(cmd, args)
	if err != nil {
		return err
	}
	defer stop()
	sink, err := store.CreateSink(sinkPath(d.file), d.data())
	if err != nil {
		return ioFailure(err)
	}
	defer sink.Abort()
	return d.filter(cmd.Context(), cfg, sink)
}

// filter asks about every candidate and writes the answers to sink. What was
// answered before an interrupt is kept.
func (d *dns) filter(ctx context.Context, cfg pipeline.DNSConfig, sink *store.Sink) error {
	asking, err := pipeline.OpenDNS(cfg)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(sink, 1<<18)
	live := ui.Watch(d.talk, asking.Progress, d.showing())
	sum, err := asking.Run(ctx, d.write(out))
	live.Stop()
	if err = errors.Join(err, asking.Close()); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if err != nil && len(sum.DNS.ByStatus) == 0 {
		d.tell(&sum)
		return err // nothing to keep: an older file stays
	}
	if d.summary {
		_, _ = out.Write(ui.DNSSummaryJSON(sum)) // a bufio.Writer keeps its error for Flush
	}
	if failed := errors.Join(out.Flush(), sink.Commit()); failed != nil {
		return ioFailure(failed)
	}
	d.tell(&sum)
	return err
}

// showing says how progress is shown. Who speaks the line protocol is a program.
func (d *dns) showing() ui.Options {
	if d.global.silent {
		return ui.Options{}
	}
	return ui.Options{Live: d.live() && !d.stream && d.stats == 0, Every: d.stats, DNSOnly: true}
}

// tell says on stderr how the run ended.
func (d *dns) tell(sum *pipeline.Summary) {
	if d.global.silent {
		return
	}
	ui.SummarizeDNS(d.talk, *sum)
	if d.global.verbose || d.stats > 0 {
		ui.Servers(d.talk, &sum.DNS)
	}
	if c := &sum.Counts; c.UndeterminedDNS > 0 && c.Delegated+c.Queued == 0 {
		d.say("hint: no name could be settled; -v says what the servers did")
	}
}

// sinkPath is stdout when no file is named.
func sinkPath(file string) string {
	if file == "" {
		return "-"
	}
	return file
}

// config fills the pipeline's Config; stop ends the lab it may have started.
func (d *dns) config(cmd *cobra.Command, args []string) (cfg pipeline.DNSConfig, stop func(), err error) {
	w, err := d.open(cmd)
	if err != nil {
		return cfg, nil, err
	}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	cfg = pipeline.DNSConfig{DNS: w.dns, Notice: d.notice, Generator: generator.Config{Suffixes: w.suffixes}}
	switch {
	case d.stream:
		err = d.readStream(args, &cfg)
	default:
		if err = w.labHasAll(args); err == nil {
			err = d.candidates.fill(d.app, args, &cfg.Generator)
		}
		if err == nil {
			err = w.labHasTLDs(cfg.Generator.TLDs)
		}
	}
	return cfg, w.close, err
}

func (d *dns) open(cmd *cobra.Command) (*ways, error) {
	d.lab.seed, d.lab.tlds = d.candidates.seed, d.candidates.worldTLDs()
	if err := d.lab.check(d.app, cmd.Flags()); err != nil {
		return nil, err
	}
	w := &ways{world: d.world()}
	if err := d.one.fill(d.app, cmd.Flags().Changed, &w.dns); err != nil {
		return nil, err
	}
	if err := d.two.fillEndpoints(&w.rdap); err != nil {
		return nil, err
	}
	if err := w.openLab(cmd.Context(), &d.lab); err != nil {
		return nil, err
	}
	return w, w.knowSuffixes(cmd.Context())
}

// write returns what writes a line for each answer of a batch.
func (d *dns) write(out *bufio.Writer) func(*vacant.Batch) error {
	prompt := d.file == "" // somebody may be reading along
	var line []byte
	return func(b *vacant.Batch) error {
		for i := range b.Len() {
			if b.Answers[i].Status == vacant.StatusUnasked {
				continue
			}
			line = appendAnswer(line[:0], b.Name(i), b.Answers[i])
			if _, err := out.Write(line); err != nil {
				return ioFailure(err)
			}
		}
		if prompt {
			return ioFailure(out.Flush())
		}
		return nil
	}
}

// appendAnswer appends a line of the line protocol. Names are LDH and statuses
// are words, so nothing in it needs escaping.
func appendAnswer(line, name []byte, a vacant.Answer) []byte {
	line = append(line, `{"d":"`...)
	line = append(line, name...)
	line = append(line, `","s":"`...)
	line = append(line, a.Status.String()...)
	line = append(line, `","r":`...)
	if a.Rcode == vacant.RcodeNone {
		line = append(line, "-1"...)
	} else {
		line = strconv.AppendUint(line, uint64(a.Rcode), 10)
	}
	line = append(line, `,"ms":`...)
	line = strconv.AppendUint(line, uint64(a.RTT), 10)
	if a.Has(vacant.FlagResolved) {
		return append(line, `,"re":true}`+"\n"...)
	}
	return append(line, `,"re":false}`+"\n"...)
}
