package intake

import (
	"bytes"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// headMost is how many bytes of a stream show its encoding.
const headMost = 4

// wide returns the decoder of a stream in UTF-16, and nil for any other stream.
func wide(head []byte) transform.Transformer {
	little := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	big := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	switch {
	case len(head) < headMost || bytes.Equal(head, []byte{0xff, 0xfe, 0, 0}): // UTF-32
		return nil
	case head[0] == 0xff && head[1] == 0xfe, head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0:
		return little.NewDecoder()
	case head[0] == 0xfe && head[1] == 0xff, head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0:
		return big.NewDecoder()
	}
	return nil
}

// western converts a line from Windows-1252 to UTF-8.
func western(line []byte) []byte {
	text, err := charmap.Windows1252.NewDecoder().Bytes(line)
	if err != nil {
		return bytes.ToValidUTF8(line, []byte("\ufffd")) // cannot happen: Windows-1252 decodes every byte
	}
	return text
}

// signatures lists how files begin that hold no payments, and what they are.
var signatures = []struct{ begin, what string }{
	{"PK\x03\x04", "an Excel or LibreOffice workbook, or another zip file: save the sheet as CSV"},
	{"\xd0\xcf\x11\xe0", "an old Excel workbook: save the sheet as CSV"},
	{"%PDF", "a PDF file"},
	{`{\rtf`, "a document of a word processor: save it as plain text"},
	{"\x1f\x8b", "a compressed file (gzip): unpack it"},
	{"\xfd7zXZ", "a compressed file (xz): unpack it"},
	{"BZh", "a compressed file (bzip2): unpack it"},
	{"\x28\xb5\x2f\xfd", "a compressed file (zstd): unpack it"},
	{"SQLite format 3", "a SQLite database: tillwatch export writes what a journal holds"},
	{"\x89PNG", "a picture"},
	{"\xff\xd8\xff", "a picture"},
	{"GIF8", "a picture"},
	{"\x7fELF", "a program"},
	{"\xff\xfe\x00\x00", "text in UTF-32: save it as UTF-8"},
	{"\x00\x00\xfe\xff", "text in UTF-32: save it as UTF-8"},
	{"<", "a web page or XML: JSON Lines or CSV is wanted"},
}

// foreign returns what a stream is that begins so and holds no payments; empty if it may hold some.
func foreign(begin []byte) string {
	begin = bytes.TrimLeft(bytes.TrimPrefix(begin, bom), " \t\r\n")
	for _, s := range signatures {
		if bytes.HasPrefix(begin, []byte(s.begin)) {
			return s.what
		}
	}
	return ""
}
