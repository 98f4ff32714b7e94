package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// projectFile is the settings file that is read from the working directory.
const projectFile = "vacant.toml"

// Settings that exist in files and the environment only.
const (
	keyWorld = "world"  // the world a running lab serves
	keyTLSCA = "tls_ca" // PEM file of a further root for hand-named hosts
)

// noKeys are flags that make no sense as settings.
var noKeys = []string{"config", "help", "version"}

// keyDelim parts nested keys inside koanf. Keys are TLDs and hosts, so it must
// be nothing that a file can hold.
const keyDelim = "\x00"

// settings are the layers below the flags: environment over the project's file
// over the user's file (or --config's).
type settings struct {
	k      *koanf.Koanf
	origin map[string]string // of each key: the file, or the variable's name
	files  []string          // that were read
}

// loadSettings reads all layers. root tells which keys exist.
func (a *app) loadSettings(root *cobra.Command, configFlag *pflag.Flag) (*settings, error) {
	s := &settings{k: koanf.New(keyDelim), origin: map[string]string{}}
	known := knownKeys(root)
	userFile, must := a.userFile(configFlag)
	if err := s.addFile(a, userFile, must, known); err != nil {
		return nil, err
	}
	if err := s.addFile(a, projectFile, false, known); err != nil {
		return nil, err
	}
	return s, s.addEnv(a, known)
}

// userFile returns the settings file to read first; must says that it was named.
func (a *app) userFile(configFlag *pflag.Flag) (path string, must bool) {
	if configFlag != nil && configFlag.Changed {
		return configFlag.Value.String(), true
	}
	if path := a.env("VACANT_CONFIG"); path != "" {
		return path, true
	}
	dir := a.configDir()
	if dir == "" {
		return "", false
	}
	return filepath.Join(dir, "config.toml"), false
}

// addFile lays the settings of a TOML file over those there are.
func (s *settings) addFile(a *app, path string, must bool, known []string) error {
	if path == "" {
		return nil
	}
	layer := koanf.New(keyDelim)
	err := layer.Load(file.Provider(path), toml.Parser())
	switch {
	case errors.Is(err, fs.ErrNotExist) && !must:
		return nil
	case err != nil:
		return usage(fmt.Errorf("settings file %s%s: %w", path, lineOf(err), plainPath(err)), fileHint(err))
	}
	for key := range layer.Raw() {
		if !slices.Contains(known, key) {
			return unknownKey(path, key, known)
		}
		s.origin[key] = path
	}
	s.files = append(s.files, path)
	a.warnReadable(path, fmt.Sprint(layer.Raw()))
	return s.k.Merge(layer)
}

// lineOf is where in a settings file an error of its syntax lies, "" if nobody says.
func lineOf(err error) string {
	var at interface{ Position() (row, column int) }
	if !errors.As(err, &at) {
		return ""
	}
	row, column := at.Position()
	return fmt.Sprintf(", line %d, column %d", row, column)
}

// plainPath is err without the file's name, which is said already.
func plainPath(err error) error {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// fileHint says what to do about a settings file that cannot be read.
func fileHint(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "--config and VACANT_CONFIG name it; vacant lab --write-config FILE makes one for a running lab"
	}
	return ""
}

// addEnv lays VACANT_* variables over the files. One that is no setting is only
// warned about: the environment belongs to others too.
func (s *settings) addEnv(a *app, known []string) error {
	layer := map[string]any{}
	values, err := env.Provider("", env.Opt{Prefix: "VACANT_", EnvironFunc: func() []string { return a.vars }}).Read()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		key := strings.ToLower(strings.TrimPrefix(name, "VACANT_"))
		switch {
		case key == "config" || values[name] == "":
		case !slices.Contains(known, key):
			a.warn("warning: %s is no setting", name)
		default:
			layer[key], s.origin[key] = values[name], name
		}
	}
	return s.k.Load(confmap.Provider(layer, ""), nil)
}

func unknownKey(path, key string, known []string) error {
	hint := "settings are the flags' names with _ for -"
	if near := nearest(key, known); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return usage(fmt.Errorf("settings file %s: unknown key %q", path, key), hint)
}

// knownKeys returns every key that a settings file may hold.
func knownKeys(root *cobra.Command) []string {
	seen := map[string]bool{keyWorld: true, keyTLSCA: true}
	add := func(f *pflag.Flag) {
		if f.Annotations[flagOnly] == nil && !slices.Contains(noKeys, f.Name) {
			seen[keyOf(f.Name)] = true
		}
	}
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		cmd.LocalFlags().VisitAll(add)
		for _, c := range cmd.Commands() {
			walk(c)
		}
	}
	walk(root)
	return slices.Sorted(maps.Keys(seen))
}

func keyOf(flag string) string { return strings.ReplaceAll(flag, "-", "_") }

// flagOnly marks a flag that settings do not reach, because its name means
// something else in another command.
const flagOnly = "flag-only"

// text returns a setting that has no flag.
func (s *settings) text(key string) string { return s.k.String(key) }

// apply gives the settings to every flag that the command line did not set.
func (s *settings) apply(fs *pflag.FlagSet) error {
	var failed error
	fs.VisitAll(func(f *pflag.Flag) {
		key := keyOf(f.Name)
		if failed != nil || f.Changed || f.Annotations[flagOnly] != nil || slices.Contains(noKeys, f.Name) || s.origin[key] == "" {
			return
		}
		if err := setFlag(fs, f, s.k.Get(key)); err != nil {
			failed = usage(fmt.Errorf("setting %s from %s: %w", key, s.origin[key], err), "")
		}
	})
	return failed
}

// setFlag gives a setting's value to a flag: a list item by item, a table as
// key=value, a scalar as the command line would.
func setFlag(fs *pflag.FlagSet, f *pflag.Flag, value any) error {
	var items []string
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			items = append(items, fmt.Sprint(item))
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			items = append(items, tableItems(key, v[key])...)
		}
	default:
		return plainFlagError(fs.Set(f.Name, fmt.Sprint(v)))
	}
	list, ok := f.Value.(pflag.SliceValue)
	if !ok {
		return fmt.Errorf("want one value, not a list or table")
	}
	f.Changed = true
	return list.Replace(items)
}

// tableItems turns one line of a table into key=value items, one for each value.
func tableItems(key string, value any) []string {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	items := make([]string, len(list))
	for i, v := range list {
		items[i] = fmt.Sprintf("%s=%v", key, v)
	}
	return items
}

// warnReadable warns when a file that others may read holds a password.
func (a *app) warnReadable(path, content string) {
	info, err := os.Stat(path)
	if err == nil && worldReadable(info) && hasSecret(content) {
		a.warn("warning: %s holds a password and others can read it; chmod 600 it", path)
	}
}
