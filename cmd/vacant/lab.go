package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"vacant"
	"vacant/cmd/internal/lab"
	"vacant/cmd/internal/pipeline"
)

type labCommand struct {
	*app
	flags      labFlags
	config     string
	truth      bool
	listFaults bool
	registries bool
	nightEvery time.Duration
}

func newLab(a *app) *cobra.Command {
	l := &labCommand{app: a}
	cmd := &cobra.Command{
		Use:   "lab",
		Short: "Serve a simulated registry internet on loopback",
		Long: `Lab serves root and TLD DNS, RDAP with its bootstrap file, WHOIS, DAS and SOCKS5 proxies
on loopback, all telling one seeded truth, until it is interrupted; then it says what
each registry was asked. With --write-config any other command uses it: vacant --config FILE hunt ...

With --truth it serves nothing and prints what is true of the names given, or of
those on stdin: name, verdict and lifecycle, parted by tabs, in their order.
The same seed, density and TLDs are the same world, here and in hunt --lab.

With --fault things go wrong, all the time or now and then: a kind may end in @WHEN, and
random@2s plays another kind every two seconds. --list-faults has them all.

Some TLDs are shown as their registries show them, in their protocols and layouts:
--list-registries has them. All others have the manners of one of two families. What
their operators take can be set with --registry-limit.

The world changes from night to night: some names drop, others are registered.
--night says which night it is, and --night-every turns to the next one again
and again while the lab serves.`,
		Example: `  vacant lab --write-config lab.toml &
  vacant hunt --config lab.toml -p '[a-z]{3}'
  vacant lab --fault rdap-pool=dev --fault whois-limit-unknown@60s/30s --write-config lab.toml
  vacant lab --truth --night 3 aaa.com bbb.dev`,
		RunE: func(cmd *cobra.Command, args []string) error { return l.run(cmd.Context(), args) },
	}
	fs := cmd.Flags()
	l.flags.addWorld(fs)
	l.flags.addShape(fs)
	l.flags.addProxies(fs)
	fs.StringVar(&l.config, "write-config", "", "write settings that make other commands use this lab to `FILE`")
	fs.DurationVar(&l.nightEvery, "night-every", 0, "turn to the next night this often")
	fs.BoolVar(&l.truth, "truth", false, "print what is true of names, and serve nothing")
	fs.BoolVar(&l.registries, "list-registries", false, "list the TLDs that are shown as their registries show them, and exit")
	fs.BoolVar(&l.listFaults, "list-faults", false, "list the kinds of --fault and exit")
	return describe(cmd, exitDone, exitFailed, exitUsage, exitIO, exitInterrupted)
}

func (l *labCommand) run(ctx context.Context, args []string) error {
	switch {
	case l.listFaults:
		return l.printFaults()
	case l.registries:
		return l.printRegistries()
	}
	cfg, err := l.flags.config()
	if err != nil {
		return err
	}
	if l.nightEvery < 0 {
		return usagef("--night-every cannot be negative")
	}
	if l.truth {
		return l.tellTruth(lab.NewWorld(cfg), args)
	}
	if len(args) > 0 {
		return usage(fmt.Errorf("unexpected argument %q", args[0]), "names go with --truth")
	}
	return l.serve(ctx, cfg)
}

// faultsNote explains what stands in the list of faults.
const faultsNote = `
Kinds of RDAP and WHOIS are written KIND[=SCOPE][@WHEN] unless their argument
is shown. SCOPE is a share of the requests from 0 to 1, a TLD, the word hidden
(names that are registered without a delegation, reserved or premium), or more
of these: 0.3, dev, 0.3,dev; without it every request is met. @WHEN makes a
kind switch: @10s-20s is on from ten seconds after the start to twenty, @10s-
from then on, @60s/30s for thirty seconds in the middle of each minute. Where
more than one kind is given, the first that is on and hits the request answers
it.
`

// printFaults lists the kinds by protocol.
func (l *labCommand) printFaults() error {
	out, protocol := bufio.NewWriter(l.stdout), ""
	for _, f := range lab.FaultKinds() {
		if f.Protocol != protocol {
			protocol = f.Protocol
			_, _ = fmt.Fprintf(out, "%s:\n", protocol) // Flush has the error
		}
		_, _ = out.WriteString(entry(f.Short(), f.Help))
	}
	_, _ = out.WriteString(faultsNote)
	return ioFailure(out.Flush())
}

// entry is a line of a list, its words in a column that 80 columns hold; what is
// too wide for its own column stands above them.
func entry(name, words string) string {
	const indent, width = 27, 79
	var b strings.Builder
	at, _ := fmt.Fprintf(&b, "  %-*s", indent-3, name)
	below := "\n" + strings.Repeat(" ", indent-1)
	if at >= indent {
		b.WriteString(below)
	}
	at = indent - 1
	for word := range strings.FieldsSeq(words) {
		if at+1+len(word) > width {
			b.WriteString(below)
			at = indent - 1
		}
		b.WriteString(" " + word)
		at += 1 + len(word)
	}
	return b.String() + "\n"
}

func (l *labCommand) printRegistries() error {
	w := tabwriter.NewWriter(l.stdout, 0, 0, 2, ' ', 0)
	for _, i := range lab.Imitations() {
		_, _ = fmt.Fprintln(w, i) // Flush has the error
	}
	return ioFailure(w.Flush())
}

// tellTruth prints the truth of the names given, else of those on stdin.
func (l *labCommand) tellTruth(world *lab.World, names []string) error {
	out := bufio.NewWriterSize(l.stdout, 1<<16)
	if len(names) > 0 {
		foreign := 0
		for _, name := range names {
			foreign += tell(out, world, name)
		}
		l.sayForeign(foreign, world)
		return ioFailure(out.Flush())
	}
	return l.tellLines(out, world)
}

// tellLines tells the truth of the names on stdin.
func (l *labCommand) tellLines(out *bufio.Writer, world *lab.World) error {
	in := bufio.NewScanner(l.stdin)
	line, foreign := 1, 0
	for ; in.Scan(); line++ {
		if name := strings.TrimSpace(in.Text()); name != "" {
			foreign += tell(out, world, name)
		}
	}
	l.sayForeign(foreign, world)
	if err := in.Err(); err != nil {
		_ = out.Flush() // what was told holds
		return ioFailure(fmt.Errorf("stdin, line %d: %w", line, err))
	}
	return ioFailure(out.Flush())
}

// sayForeign says of how many names a lab knows nothing, so that "undetermined" is no riddle.
func (l *labCommand) sayForeign(n int, world *lab.World) {
	if n > 0 {
		tlds, _ := tldsOfWorld(world.String())
		l.say("%s of which this lab knows nothing: it has names right under %s (-t names others)", countOf(n, "name", "names"), pipeline.SomeOf(tlds))
	}
}

// tell prints what is true of a name and returns 1 for one of which the world knows nothing.
func tell(out *bufio.Writer, world *lab.World, name string) (foreign int) {
	t := world.Truth(name)
	if t.Verdict == vacant.Undetermined.String() {
		foreign = 1
	}
	_, _ = out.WriteString(vacant.SafeText(name) + "\t" + t.Verdict + "\t" + t.Lifecycle + "\n") // Flush has the error
	return foreign
}

// serve runs the lab until ctx ends.
func (l *labCommand) serve(ctx context.Context, cfg lab.Config) error {
	running, err := lab.Start(ctx, cfg)
	if err != nil {
		return usage(err, faultHint(cfg.Faults))
	}
	defer func() { _ = running.Close() }() // nothing is lost with it
	if err := l.writeConfig(running); err != nil {
		return err
	}
	l.introduce(running)
	l.turnNights(ctx, running)
	<-ctx.Done()
	l.account(running)
	return nil
}

// account says what each registry operator was asked, where it was.
func (l *labCommand) account(running *lab.Lab) {
	for _, o := range running.Stats().Operators {
		if n := o.RDAP + o.WHOIS + o.DAS; n > 0 {
			l.say("lab: %s: asked %d times: RDAP %d, WHOIS %d, DAS %d; %d in the busiest second", strings.Join(o.TLDs, ","), n, o.RDAP, o.WHOIS, o.DAS, o.MaxPerSecond)
		}
	}
}

// turnNights turns to the next night again and again, until ctx ends or the
// world has no more of them.
func (l *labCommand) turnNights(ctx context.Context, running *lab.Lab) {
	if l.nightEvery == 0 {
		return
	}
	tick := time.NewTicker(l.nightEvery)
	defer tick.Stop()
	for running.Night() < lab.MaxNight {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			running.SetNight(running.Night() + 1)
			l.say("lab: night %d", running.Night())
		}
	}
}

func (l *labCommand) introduce(running *lab.Lab) {
	l.say("lab: world %s, night %d", running.World(), running.Night())
	l.say("lab: roots %v", running.Roots())
	l.say("lab: resolvers %v", running.Resolvers())
	l.say("lab: RDAP bootstrap %s", running.BootstrapURL())
	for _, tld := range sortedKeys(running.Unlisted()) {
		l.say("lab: RDAP of %s, which the bootstrap does not list, %s", tld, running.Unlisted()[tld])
	}
	for _, tld := range sortedKeys(running.WHOIS()) {
		l.say("lab: WHOIS and DAS of %s %s", tld, running.WHOIS()[tld])
	}
	l.say("lab: proxies %v", running.Proxies())
	l.say("lab: serving until interrupted")
}
