// Command vacant finds domain names that nobody owns.
//
// The package holds the command line and nothing else: flags, their layers
// (flags, environment, files), exit codes, and the printing of what the rooms
// found. Each command is one file; groups of flags that several commands share
// are structs with AddFlags and a method that fills a room's Config. Goroutines:
// those of the pipeline, of a lab started for --lab, and of the live progress;
// each command closes what it opened before it returns.
package main
