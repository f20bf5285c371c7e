/* manual.c - man/pinprick.1: commands, options and exit statuses from the tables; description, files and examples from here. */
#include "pages.h"

#include <string.h>

/* ---- roff -------------------------------------------------------------------------------------------------------- */

/* Text as it is: a backslash, a dot or quote at the start of a line and a hyphen that could be typed would mean something else. */
static void put_text(FILE *out, const char *text)
{
    bool line_start = true;
    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
        line_start = *text == '\n';
    }
}

static void put_line(FILE *out, const char *text)
{
    put_text(out, text);
    fputc('\n', out);
}

static void put_section(FILE *out, const char *title)
{
    fprintf(out, ".SH %s\n", title);
}

static void put_subsection(FILE *out, const char *title)
{
    fprintf(out, ".SS \"");
    put_text(out, title);
    fprintf(out, "\"\n");
}

static void put_paragraph(FILE *out, const char *text)
{
    fprintf(out, ".PP\n");
    put_line(out, text);
}

/* A term in bold, and what is said of it. */
static void put_item(FILE *out, const char *term, const char *text)
{
    fprintf(out, ".TP\n\\fB");
    put_text(out, term);
    fprintf(out, "\\fR\n");
    put_line(out, text);
}

static void put_example(FILE *out, const char *what, const char *command)
{
    put_paragraph(out, what);
    fprintf(out, ".PP\n.RS 4\n.nf\n");
    put_line(out, command);
    fprintf(out, ".fi\n.RE\n");
}

/* ---- Rows of the table ------------------------------------------------------------------------------------------- */

/* Default, range and source of a row, as a sentence each. */
static void put_facts(FILE *out, const pp_param *row)
{
    char range[100];
    if (row->type != PP_FLAG && *row->fallback) {
        fprintf(out, "Default: ");
        put_text(out, row->fallback);
        if (*row->unit) {
            fputc(' ', out);
            put_text(out, row->unit);
        }
        if (*row->source) {
            fprintf(out, " (");
            put_text(out, row->source);
            fputc(')', out);
        }
        fprintf(out, ".\n");
    }
    if (*row_range(row, range)) {
        fprintf(out, "Range: ");
        put_text(out, range);
        fprintf(out, ".\n");
    }
}

static void put_rows(FILE *out, const pp_param *rows)
{
    for (; rows->option; rows++) {
        fprintf(out, ".TP\n%s\\fB\\-\\-", strcmp(rows->option, "out") == 0 ? "\\fB\\-o\\fR, " : "");
        put_text(out, rows->option);
        fprintf(out, "\\fR");
        if (*row_value(rows)) {
            fprintf(out, " \\fI");
            put_text(out, row_value(rows));
            fprintf(out, "\\fR");
        }
        fputc('\n', out);
        put_text(out, rows->help);
        fprintf(out, ".\n");
        put_facts(out, rows);
    }
}

/* ---- The page ---------------------------------------------------------------------------------------------------- */

static void put_synopsis(FILE *out)
{
    put_section(out, "SYNOPSIS");
    for (size_t i = 0; cli_commands[i]; i++) {
        fprintf(out, "%s\\fBpinprick %s\\fR [\\fIoptions\\fR] \\fI", i ? ".br\n" : "", cli_commands[i]->name);
        put_text(out, cli_commands[i]->arguments);
        fprintf(out, "\\fR\n");
    }
}

static void put_description(FILE *out)
{
    put_section(out, "DESCRIPTION");
    put_line(out, "pinprick audits a medical image classifier: how few pixels of an image have to change before the diagnosis flips?\n"
                  "It takes a model in the ONNX format and images, searches image by image, saves every image that flips the answer, reads\n"
                  "it back and scores it again.");
    put_paragraph(out, "The number of pixels it finds is an upper bound: no more than so many pixels are needed. Fewer may do. An image that\n"
                       "was not flipped within the budget is not proven robust.");
    put_paragraph(out, "An image that the classifier gets wrong already is not attacked. A pixel counts once, whichever of its channels changed.\n"
                       "A query is one image shown to the classifier.");
}

static void put_commands(FILE *out)
{
    put_section(out, "COMMANDS");
    for (size_t i = 0; cli_commands[i]; i++) {
        const cli_command *command = cli_commands[i];
        const pp_section *section;
        char title[200];
        bool any = false;
        snprintf(title, sizeof title, "pinprick %s %s", command->name, command->arguments);
        put_subsection(out, title);
        put_line(out, command->description);
        put_rows(out, command->rows);
        for (size_t k = 0; (section = pp_section_at(k)); k++) {
            if (cli_is_method(section) || !cli_has_section(command, section))
                continue;
            if (!any)
                fprintf(out, ".PP\nTakes these groups of options, too: ");
            fprintf(out, "%s\\fI%s\\fR", any ? "; " : "", section->title);
            any = true;
        }
        if (any)
            fprintf(out, command->with_methods ? "; those of the method.\n" : ".\n");
    }
}

static void put_options(FILE *out)
{
    const pp_section *section;
    put_section(out, "OPTIONS");
    put_line(out, "The value of an option follows after a space or \"=\".");
    for (size_t i = 0; (section = pp_section_at(i)); i++) {
        char title[200];
        if (cli_is_method(section))
            snprintf(title, sizeof title, "Method %s", section->name);
        else
            snprintf(title, sizeof title, "%s", section->title);
        put_subsection(out, title);
        if (cli_is_method(section)) {
            put_text(out, section->title);
            fprintf(out, ". Source: ");
            put_text(out, method_source(section));
            fprintf(out, ".\n");
        }
        put_rows(out, section->rows);
    }
}

static void put_exit_status(FILE *out)
{
    put_section(out, "EXIT STATUS");
    for (const cli_status *row = cli_statuses; row->meaning; row++) {
        char number[16];
        snprintf(number, sizeof number, "%d", row->status);
        put_item(out, number, row->meaning);
    }
}

static void put_files(FILE *out)
{
    put_section(out, "FILES");
    put_item(out, "NAME.onnx", "The model. Weights in files of their own are found beside it.");
    put_item(out, "NAME.config.json, config.json", "Beside the model: class names (id2label), as model hubs write them.");
    put_item(out, "NAME.preprocessor_config.json, preprocessor_config.json",
             "Beside the model: how an image becomes the model's input, as model hubs write it.");
    put_item(out, "DIR/run.db", "What was asked, seen and found: an SQLite database. DIR is the run folder, pinprick-run-<n> where none was named.");
    put_item(out, "DIR/compare.json", "Of a comparison: its methods, seeds and budgets. Beside it a run folder METHOD-SEED for each run; DIR is\n"
                                      "pinprick-compare-<n> where none was named.");
    put_item(out, "pinprick-map.png", "The heat map of pinprick map, where no other name was said.");
    put_item(out, "DIR/originals/NAME.png", "Each image as the classifier sees it: decoded, 8 bit, of the model's size.");
    put_item(out, "DIR/adversarial/NAME.png", "The same with the pixels changed that flip the answer.");
}

static void put_examples(FILE *out)
{
    put_section(out, "EXAMPLES");
    put_line(out, "model.onnx, images and run stand for files and folders of your own.");
    put_example(out, "See what is known of a model, and whether its preprocessing is right:",
                "pinprick inspect model.onnx\npinprick score model.onnx images/");
    put_example(out, "Which images does noise flip? How few pixels flip each?",
                "pinprick noise model.onnx images/ --out noise\npinprick attack model.onnx images/ --out run");
    put_example(out, "A model without files beside it, images listed with labels of another name:",
                "pinprick attack model.onnx images.csv --preset imagenet --positive 1 --label-map ill=1,healthy=0");
    put_example(out, "Stop a run with Ctrl-C, and go on later:", "pinprick attack --resume run");
    put_example(out, "The result as JSON, and whether the saved images still hold:",
                "pinprick show run --format json\npinprick verify run");
    put_example(out, "Two methods side by side, with five seeds each; the table again, at other numbers of queries:",
                "pinprick compare model.onnx images/ --methods pursuit,dgde --seeds 5 --out both\npinprick compare both --budgets 100,300,1000");
    put_example(out, "Every single pixel of an image, in two goes:",
                "pinprick map model.onnx image.png --stride 1 --csv map.csv\npinprick map model.onnx image.png --stride 1 --resume map.csv");
    put_example(out, "The run's rows:", "sqlite3 run/run.db 'SELECT name, l0 FROM attacks JOIN images ON id = image'");
}

void write_manual(FILE *out)
{
    fprintf(out, ".\\\" Written by \"make docs\" from the parameter table: change a row there, not this page.\n");
    fprintf(out, ".TH PINPRICK 1 \"\" \"pinprick %s\" \"User Commands\"\n", pp_version());
    put_section(out, "NAME");
    fprintf(out, "pinprick \\- how few pixels have to change before a classifier changes its mind?\n");
    put_synopsis(out);
    put_description(out);
    put_commands(out);
    put_options(out);
    put_exit_status(out);
    put_files(out);
    put_section(out, "ENVIRONMENT");
    put_line(out, "pinprick reads no environment variable.");
    put_examples(out);
    put_section(out, "SEE ALSO");
    fprintf(out, "\\fBsqlite3\\fR(1)\n");
    put_paragraph(out, "\"Attacking medical images with minimal noise: exploiting vulnerabilities in medical deep-learning systems\",\n"
                       "Quantitative Imaging in Medicine and Surgery, 2025 (qims-24-1764).");
}
