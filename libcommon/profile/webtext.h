/*
 * webtext.h - strangers' text on its way into a web page.
 *
 * Names of frames are chosen by whoever wrote the program that was profiled, or
 * by whoever attacks it. What these functions write is text and stays text:
 *
 *	webtext_json	a JSON string, quotes included, that is also safe inside
 *			<script type="application/json">: no byte of it is '<',
 *			'>', '&' or ''', nor a line separator that JavaScript
 *			would take for a newline
 *	webtext_html	the content of an element, or of a quoted attribute
 *
 * Both write well-formed UTF-8 only: any other byte becomes U+FFFD. Characters
 * that change how their neighbours are displayed (bidirectional controls, zero
 * width, line separators) are \uXXXX in JSON, which means the same, and are
 * shown as <U+XXXX> in HTML, so that nobody who looks at the file is misled.
 *
 * Errors stay in the FILE.
 *
 * Source: HTML Living Standard, "restrictions for contents of script elements";
 * RFC 8259, section 7.
 */
#ifndef GP_WEBTEXT_H
#define GP_WEBTEXT_H

#include <stddef.h>
#include <stdio.h>

void webtext_json(FILE *out, const char *s, size_t len);
void webtext_html(FILE *out, const char *s, size_t len);

#endif
