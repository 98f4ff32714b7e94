//go:build !linux

package udp

// openLink opens portable sockets; segmentation offload is Linux's.
func openLink(sockets int, _ GSO) (link, error) { return openPlain(sockets) }
