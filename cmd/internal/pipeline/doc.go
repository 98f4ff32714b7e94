// Package pipeline is part of vacant.
package pipeline
