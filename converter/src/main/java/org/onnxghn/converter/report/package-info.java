/** What commands print: records that are the JSON objects, and text. */
package org.onnxghn.converter.report;
