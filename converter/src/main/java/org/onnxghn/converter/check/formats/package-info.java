/** The forms in which a check is printed. */
package org.onnxghn.converter.check.formats;
