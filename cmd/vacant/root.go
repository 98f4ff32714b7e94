package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// globalFlags are those of every command.
type globalFlags struct {
	config    string
	silent    bool
	verbose   bool
	logFormat string
}

// AddFlags adds the flags.
func (g *globalFlags) AddFlags(fs *pflag.FlagSet) {
	fs.StringVar(&g.config, "config", "", "read settings from `FILE` instead of the user's own")
	fs.BoolVarP(&g.silent, "silent", "q", false, "data only: nothing on stderr but errors")
	fs.BoolVarP(&g.verbose, "verbose", "v", false, "log to stderr")
	fs.StringVar(&g.logFormat, "log-format", "text", "format of the log: text or json")
}

// run executes the command line and returns the exit code.
func run(ctx context.Context, a *app) int {
	root := newRoot(a)
	root.SetArgs(a.args)
	page := &helpPage{w: a.stdout}
	root.SetOut(page)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = ioFailure(page.err)
	}
	return a.report(err)
}

// newRoot returns the command tree.
func newRoot(a *app) *cobra.Command {
	root := group(&cobra.Command{
		Use:   "vacant",
		Short: "Find domain names that nobody owns",
		Long: `vacant finds domain names that nobody owns. It asks DNS about huge candidate
spaces at line rate, confirms the few survivors at the registries over RDAP and
WHOIS, and never calls a name available that it cannot prove.

Every flag can also be a setting, by its name with _ for -: in the environment
(VACANT_RATE_LIMIT=500), in vacant.toml of the working directory, or in
config.toml of $XDG_CONFIG_HOME/vacant; --config FILE stands in for the last.
A flag wins over the environment, that over vacant.toml, that over config.toml.
What repeats is a list there, what is KEY=VALUE may be a table:

  tlds = ["com", "io"]
  whois_server = { io = "whois.example:43" }

The store is vacant.db in $XDG_STATE_HOME/vacant, or the FILE that --db names.`,
		Example: "  vacant hunt --lab -p '{C}{V}{C}{V}' -t com,dev,io -o available.csv\n  vacant check example.com",
	})
	a.global.AddFlags(root.PersistentFlags())
	root.AddCommand(
		newHunt(a), newPlan(a), newCheck(a), newGenerate(a), newDNS(a), newRDAP(a),
		newExport(a), newDiff(a), newExplain(a), newAudit(a), newStore(a), newRegistry(a), newLab(a),
		newMan(a), newVersion(a),
	)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	makeStrict(root)
	describeRest(root)
	completeValues(root)
	root.Version = buildVersion().String()
	root.SetVersionTemplate("{{.Version}}\n")
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetIn(a.stdin)
	root.SetErr(a.talk)
	root.SetHelpTemplate(helpTemplate)
	root.SetFlagErrorFunc(flagError)
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return a.prepare(cmd) }
	return root
}

// prepare reads the settings for cmd and sets up the log.
func (a *app) prepare(cmd *cobra.Command) error {
	conf, err := a.loadSettings(cmd.Root(), cmd.Flags().Lookup("config"))
	if err != nil {
		return err
	}
	a.conf = conf
	if err := conf.apply(cmd.Flags()); err != nil {
		return err
	}
	a.log, err = newLog(a.talk, a.global)
	if err != nil {
		return err
	}
	for _, file := range conf.files {
		a.log.Debug("settings read", "file", file)
	}
	return nil
}

// group makes cmd one that only holds others: without a word it shows its help,
// with an unknown one it says so.
func group(cmd *cobra.Command) *cobra.Command {
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		var known []string
		for _, c := range cmd.Commands() {
			known = append(known, c.Name())
		}
		hint := fmt.Sprintf("%s --help lists the commands", cmd.CommandPath())
		if near := nearest(args[0], known); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return usage(fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath()), hint)
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return describe(cmd, exitDone, exitUsage, exitIO)
}

// makeStrict lets the commands that cobra adds refuse words that they do not know.
func makeStrict(root *cobra.Command) {
	for _, c := range root.Commands() {
		switch c.Name() {
		case "completion":
			group(c)
		case "help":
			c.Args = knownTopic
		}
	}
}

func knownTopic(cmd *cobra.Command, args []string) error {
	found, rest, err := cmd.Root().Find(args)
	if err != nil || len(rest) > 0 {
		return usage(fmt.Errorf("no help on %q", strings.Join(args, " ")), found.CommandPath()+" --help lists the commands")
	}
	return nil
}

// describe adds the codes a command can end with to its help.
func describe(cmd *cobra.Command, codes ...int) *cobra.Command {
	var b strings.Builder
	for _, code := range codes {
		fmt.Fprintf(&b, "  %-4d %s\n", code, wordsOf(code, codes))
	}
	cmd.Annotations = map[string]string{exitAnnotation: b.String()}
	return cmd
}

// wordsOf says what code means to a command that has codes: none but a hunt, which
// may end with nothing available, has state there to go on from.
func wordsOf(code int, codes []int) string {
	if code == exitStopped && !slices.Contains(codes, exitEmpty) {
		return "stopped early by a signal"
	}
	return exitWords[code]
}

// describeRest gives an EXIT STATUS section to the commands that cobra adds.
func describeRest(cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		if c.Annotations == nil {
			describe(c, exitDone, exitUsage, exitIO)
		}
		describeRest(c)
	}
}

// exitAnnotation is where a command keeps its EXIT STATUS section.
const exitAnnotation = "exit-status"

const helpTemplate = `{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}

{{end}}{{if or .Runnable .HasSubCommands}}{{.UsageString}}{{end}}{{with index .Annotations "exit-status"}}
EXIT STATUS:
{{.}}{{end}}`

// wantArgs checks the number of positional arguments; what says what they are.
func wantArgs(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usage(fmt.Errorf("%s wants %s", cmd.CommandPath(), what), "see "+cmd.CommandPath()+" --help")
		case most >= 0 && len(args) > most:
			return usage(fmt.Errorf("unexpected argument %q: %s wants %s", args[most], cmd.CommandPath(), what), "see "+cmd.CommandPath()+" --help")
		}
		return nil
	}
}

// noArgs refuses positional arguments.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usage(fmt.Errorf("unexpected argument %q: %s takes none", args[0], cmd.CommandPath()), "")
}

// flagNames returns the long names of every flag that cmd takes.
func flagNames(cmd *cobra.Command) []string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	cmd.InheritedFlags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}
