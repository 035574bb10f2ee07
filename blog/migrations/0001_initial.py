import blog.models.public
import django.db.models.deletion
import modelcluster.fields
import wagtail.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('wagtailcore', '0098_apitoken'),
        ('wagtailimages', '0027_image_description'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CrisisResource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(db_index=True, help_text='Two letters (ISO 3166).', max_length=2, verbose_name='country')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                ('text_line', models.CharField(blank=True, max_length=80, verbose_name='text message')),
                ('url', models.URLField(blank=True, verbose_name='address')),
                ('hours', models.CharField(blank=True, max_length=80, verbose_name='hours')),
                ('emergency', models.BooleanField(default=False, verbose_name='emergency number')),
                ('sort_order', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
            ],
            options={
                'verbose_name': 'crisis resource',
                'ordering': ['country', 'sort_order', 'name'],
            },
        ),
        migrations.CreateModel(
            name='HomePage',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                ('intro', models.TextField(blank=True, help_text='What the publication is, for whom, by whom. A few sentences.', verbose_name='introduction')),
            ],
            options={
                'verbose_name': 'home page',
            },
            bases=(blog.models.public.PublicPage, 'wagtailcore.page'),
        ),
        migrations.CreateModel(
            name='Series',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True, verbose_name='name')),
                ('slug', models.SlugField(unique=True, verbose_name='slug')),
                ('description', models.CharField(blank=True, max_length=250, verbose_name='description')),
            ],
            options={
                'verbose_name': 'series',
                'verbose_name_plural': 'series',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='StandardPage',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                ('body', wagtail.fields.StreamField([('heading', 2), ('text', 3), ('image', 7), ('quote', 10), ('callout', 14), ('references', 16), ('crisis_help', 19), ('signature', 23)], blank=True, block_lookup={0: ('wagtail.blocks.CharBlock', (), {'label': 'heading', 'max_length': 160}), 1: ('wagtail.blocks.ChoiceBlock', [], {'choices': [('2', 'Section'), ('3', 'Subsection')], 'label': 'level'}), 2: ('wagtail.blocks.StructBlock', [[('text', 0), ('level', 1)]], {}), 3: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'link', 'ol', 'ul'], 'icon': 'pilcrow', 'label': 'Text', 'template': 'blog/blocks/text.html'}), 4: ('wagtail.images.blocks.ImageBlock', [], {'label': 'image'}), 5: ('wagtail.blocks.CharBlock', (), {'label': 'caption', 'max_length': 300, 'required': False}), 6: ('wagtail.blocks.CharBlock', (), {'label': 'credit', 'max_length': 120, 'required': False}), 7: ('wagtail.blocks.StructBlock', [[('image', 4), ('caption', 5), ('credit', 6)]], {}), 8: ('wagtail.blocks.TextBlock', (), {'label': 'quotation'}), 9: ('wagtail.blocks.CharBlock', (), {'label': 'who said it', 'max_length': 160, 'required': False}), 10: ('wagtail.blocks.StructBlock', [[('text', 8), ('source', 9)]], {}), 11: ('wagtail.blocks.ChoiceBlock', [], {'choices': [('key', 'Key points'), ('note', 'Note'), ('caution', 'Caution')], 'label': 'tone'}), 12: ('wagtail.blocks.CharBlock', (), {'label': 'title', 'max_length': 120, 'required': False}), 13: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'link', 'ol', 'ul'], 'label': 'text'}), 14: ('wagtail.blocks.StructBlock', [[('tone', 11), ('title', 12), ('text', 13)]], {}), 15: ('wagtail.blocks.CharBlock', (), {'default': 'References', 'label': 'title', 'max_length': 60}), 16: ('wagtail.blocks.StructBlock', [[('title', 15)]], {}), 17: ('wagtail.blocks.CharBlock', (), {'default': 'If you are in crisis', 'label': 'title', 'max_length': 80}), 18: ('wagtail.blocks.TextBlock', (), {'label': 'text', 'required': False}), 19: ('wagtail.blocks.StructBlock', [[('title', 17), ('text', 18)]], {}), 20: ('wagtail.blocks.CharBlock', (), {'label': 'closing phrase', 'max_length': 160, 'required': False}), 21: ('wagtail.blocks.CharBlock', (), {'label': 'name', 'max_length': 100}), 22: ('wagtail.blocks.CharBlock', (), {'label': 'credential', 'max_length': 60, 'required': False}), 23: ('wagtail.blocks.StructBlock', [[('closing', 20), ('name', 21), ('credential', 22)]], {})}, verbose_name='body')),
            ],
            options={
                'verbose_name': 'page',
            },
            bases=(blog.models.public.PublicPage, 'wagtailcore.page'),
        ),
        migrations.CreateModel(
            name='StoryIndexPage',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                ('intro', models.TextField(blank=True, verbose_name='introduction')),
            ],
            options={
                'verbose_name': 'list of stories',
            },
            bases=(blog.models.public.PublicPage, 'wagtailcore.page'),
        ),
        migrations.CreateModel(
            name='Topic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True, verbose_name='name')),
                ('slug', models.SlugField(unique=True, verbose_name='slug')),
                ('description', models.CharField(blank=True, max_length=250, verbose_name='description')),
            ],
            options={
                'verbose_name': 'topic',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='AuthorPage',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                ('credential', models.CharField(blank=True, help_text='Such as MD.', max_length=60, verbose_name='credential')),
                ('role', models.CharField(blank=True, help_text='Such as Psychiatrist, Springfield.', max_length=120, verbose_name='role')),
                ('licence', models.CharField(blank=True, max_length=120, verbose_name='licence')),
                ('bio', wagtail.fields.RichTextField(blank=True, verbose_name='biography')),
                ('interests', models.TextField(blank=True, help_text='Ownership, fees, shares: what a reader should know.', verbose_name='interests to declare')),
                ('photo', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailimages.image', verbose_name='photo')),
                ('user', models.OneToOneField(blank=True, help_text='New stories of this login are signed by this author.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='author_page', to=settings.AUTH_USER_MODEL, verbose_name='login')),
            ],
            options={
                'verbose_name': 'author',
            },
            bases=(blog.models.public.PublicPage, 'wagtailcore.page'),
        ),
        migrations.CreateModel(
            name='StoryPage',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                ('standfirst', models.TextField(blank=True, help_text='One or two sentences under the title.', max_length=400, verbose_name='standfirst')),
                ('kind', models.CharField(choices=[('treatment', 'Treatment'), ('condition', 'Condition'), ('patient_story', 'Patient story'), ('news', 'News')], default='news', max_length=16, verbose_name='kind')),
                ('hero_alt', models.CharField(blank=True, help_text="For readers who can't see it. Empty: decoration.", max_length=250, verbose_name='what the picture shows')),
                ('published_on', models.DateField(blank=True, help_text='Empty: the day it goes live here.', null=True, verbose_name='published')),
                ('updated_on', models.DateField(blank=True, help_text='When the content changed; not for a mended typing error.', null=True, verbose_name='updated')),
                ('reviewed_on', models.DateField(blank=True, help_text='When the whole text was last checked.', null=True, verbose_name='last reviewed')),
                ('review_due_on', models.DateField(blank=True, help_text='Usually a year later for treatments.', null=True, verbose_name='next review due')),
                ('body', wagtail.fields.StreamField([('heading', 2), ('text', 3), ('image', 7), ('quote', 10), ('callout', 14), ('references', 16), ('crisis_help', 19), ('signature', 23)], blank=True, block_lookup={0: ('wagtail.blocks.CharBlock', (), {'label': 'heading', 'max_length': 160}), 1: ('wagtail.blocks.ChoiceBlock', [], {'choices': [('2', 'Section'), ('3', 'Subsection')], 'label': 'level'}), 2: ('wagtail.blocks.StructBlock', [[('text', 0), ('level', 1)]], {}), 3: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'link', 'ol', 'ul'], 'icon': 'pilcrow', 'label': 'Text', 'template': 'blog/blocks/text.html'}), 4: ('wagtail.images.blocks.ImageBlock', [], {'label': 'image'}), 5: ('wagtail.blocks.CharBlock', (), {'label': 'caption', 'max_length': 300, 'required': False}), 6: ('wagtail.blocks.CharBlock', (), {'label': 'credit', 'max_length': 120, 'required': False}), 7: ('wagtail.blocks.StructBlock', [[('image', 4), ('caption', 5), ('credit', 6)]], {}), 8: ('wagtail.blocks.TextBlock', (), {'label': 'quotation'}), 9: ('wagtail.blocks.CharBlock', (), {'label': 'who said it', 'max_length': 160, 'required': False}), 10: ('wagtail.blocks.StructBlock', [[('text', 8), ('source', 9)]], {}), 11: ('wagtail.blocks.ChoiceBlock', [], {'choices': [('key', 'Key points'), ('note', 'Note'), ('caution', 'Caution')], 'label': 'tone'}), 12: ('wagtail.blocks.CharBlock', (), {'label': 'title', 'max_length': 120, 'required': False}), 13: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'link', 'ol', 'ul'], 'label': 'text'}), 14: ('wagtail.blocks.StructBlock', [[('tone', 11), ('title', 12), ('text', 13)]], {}), 15: ('wagtail.blocks.CharBlock', (), {'default': 'References', 'label': 'title', 'max_length': 60}), 16: ('wagtail.blocks.StructBlock', [[('title', 15)]], {}), 17: ('wagtail.blocks.CharBlock', (), {'default': 'If you are in crisis', 'label': 'title', 'max_length': 80}), 18: ('wagtail.blocks.TextBlock', (), {'label': 'text', 'required': False}), 19: ('wagtail.blocks.StructBlock', [[('title', 17), ('text', 18)]], {}), 20: ('wagtail.blocks.CharBlock', (), {'label': 'closing phrase', 'max_length': 160, 'required': False}), 21: ('wagtail.blocks.CharBlock', (), {'label': 'name', 'max_length': 100}), 22: ('wagtail.blocks.CharBlock', (), {'label': 'credential', 'max_length': 60, 'required': False}), 23: ('wagtail.blocks.StructBlock', [[('closing', 20), ('name', 21), ('credential', 22)]], {})}, verbose_name='body')),
                ('conflict_statement', models.TextField(blank=True, help_text="Empty: the publication's standing statement.", verbose_name='conflict of interest')),
                ('source_id', models.CharField(blank=True, db_index=True, editable=False, max_length=250)),
                ('source_digest', models.CharField(blank=True, editable=False, max_length=64)),
                ('author', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='stories', to='blog.authorpage', verbose_name='author')),
                ('hero_image', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailimages.image', verbose_name='picture')),
                ('reviewer', models.ForeignKey(blank=True, help_text='Another expert. Empty: readers are told that nobody else has reviewed it.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reviewed_stories', to='blog.authorpage', verbose_name='reviewed by')),
                ('series', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='stories', to='blog.series', verbose_name='series')),
                ('topics', modelcluster.fields.ParentalManyToManyField(blank=True, related_name='stories', to='blog.topic', verbose_name='topics')),
            ],
            options={
                'verbose_name': 'story',
                'verbose_name_plural': 'stories',
            },
            bases=(blog.models.public.PublicPage, 'wagtailcore.page'),
        ),
        migrations.CreateModel(
            name='Reference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sort_order', models.IntegerField(blank=True, editable=False, null=True)),
                ('text', models.TextField(help_text='Authors. Title. Journal. Year.', verbose_name='citation')),
                ('doi', models.CharField(blank=True, max_length=120, verbose_name='DOI')),
                ('pmid', models.CharField(blank=True, max_length=12, verbose_name='PMID')),
                ('url', models.URLField(blank=True, max_length=300, verbose_name='address')),
                ('story', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='references', to='blog.storypage')),
            ],
            options={
                'ordering': ['sort_order'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Correction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sort_order', models.IntegerField(blank=True, editable=False, null=True)),
                ('made_on', models.DateField(verbose_name='date')),
                ('text', models.TextField(verbose_name='what was corrected')),
                ('story', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='corrections', to='blog.storypage')),
            ],
            options={
                'ordering': ['sort_order'],
                'abstract': False,
            },
        ),
    ]
